/* empty: the least that a process costs; what a cold check is measured against. */
int main(void)
{
	return 0;
}
